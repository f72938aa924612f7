"""Papers of an exam that assessors rate: their forms, the candidates' sheets, the workbook for points."""
