"""moto's server on a free port of 127.0.0.1. Prints the port and ends with its input.

A service answers each call as a whole. moto's threads do not: two writes of one item at once lose one of them, and a
failed condition is judged by an item that another write has since changed. So its calls go through one by one.
"""

import logging
import os
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
one_at_a_time = threading.Lock()
dispatch = DomainDispatcherApplication.__call__


def dispatch_one(self, environ, start_response):
    with one_at_a_time:
        return list(dispatch(self, environ, start_response))


DomainDispatcherApplication.__call__ = dispatch_one
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("port", server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)
