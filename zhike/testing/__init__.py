"""What tests stand on: a server and databases for one run, named people, a live site and a browser. Nothing of it is used at a bank."""
