"""The log as one page that needs no network, for people who have neither the log nor hardstand."""
