"""Measurements that are kept and can be run again; nothing of casemate imports them."""
