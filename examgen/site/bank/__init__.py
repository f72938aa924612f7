"""Pages of the item bank: items found, written with what is wrong as one types, decided on, exchanged."""
