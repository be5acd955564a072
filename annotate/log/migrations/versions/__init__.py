"""One module a revision. None touches a payload or a hash, and none is changed once it was released."""
