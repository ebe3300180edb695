"""Models, deployments and figures over HTTP, and the relay on a thread beside it.

`routes` has a module per noun; the modules here make of rows what `umbra.contracts.http` describes.
"""
