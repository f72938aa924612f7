"""Items of other programs: files of any question bank → questions, and back; what is left is named."""
