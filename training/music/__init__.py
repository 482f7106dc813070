"""What training needs to know of music."""
