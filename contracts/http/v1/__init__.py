"""Version 1 of the HTTP interface: what is sent, what is answered, and the catalogue of commands."""
