"""Laying one scene over another of the same place: the shift between them, by what the images show."""

from imagery.registration.registration import Registration, register

__all__ = ["Registration", "register"]
