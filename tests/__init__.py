"""Tests of casemate; they mirror the packages."""
