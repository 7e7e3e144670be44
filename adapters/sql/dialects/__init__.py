"""What differs from database to database, a file for each; everything else in `adapters.sql` is the same for all."""
