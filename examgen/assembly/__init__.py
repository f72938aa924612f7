"""Blueprint and bank → an exam: forms that meet every quota, or the reasons why there are none."""
