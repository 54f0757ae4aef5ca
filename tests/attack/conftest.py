"""Attacks on the service, the ledger and the client, each of which once succeeded.

A test here does what an attacker or a broken peer does, from outside, and says what must hold
then. Each was seen to fail before its remedy. Files are named after the attacker or the victim:
web pages, other users of the machine, connections, secrets.
"""
