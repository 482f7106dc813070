"""What training needs to know of piano rolls."""
