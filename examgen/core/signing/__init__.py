"""Results that are signed: the keys of a certification body, codes on paper, signatures in PDF files.

`keys` and `codes` are our own: a QR code contains a statement and its Ed25519 signature (RFC 8032).
Signatures of PDF files are PAdES (ETSI EN 319 142-1), made by `signers` and checked by `validation`, both
with pyHanko. Import a module of this package only where it is needed: each raises MissingDependency without
its libraries.
"""
