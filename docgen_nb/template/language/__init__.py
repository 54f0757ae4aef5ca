"""Box's tag language: lexer, parser, syntax tree, expressions, conditions and formatting."""
