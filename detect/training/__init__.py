"""Training the network: pictures, crops of them, what it is to say of each, and the network itself.

Needs PyTorch (``hardstand[train]``); nothing that runs a trained network imports from here.
"""
