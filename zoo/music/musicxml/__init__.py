"""Reading and writing of MusicXML."""
