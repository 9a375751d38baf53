# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of Orthanc's REST API, where Orthanc breaks off."""
import socket
import threading
import unittest

from rest import Rest


class AnswerThatBreaksOff(unittest.TestCase):
    def test_it_is_a_connection_that_fails(self):
        """The sender of a fault campaign ended with IncompleteRead when Orthanc was killed within an answer; no series came any more."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            def serve():
                connection, _ = server.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 360\r\n\r\n")
            thread = threading.Thread(target=serve)
            thread.start()
            with self.assertRaises(OSError):
                Rest("http://127.0.0.1:%d" % server.getsockname()[1]).request("GET", "/system")
            thread.join()


if __name__ == "__main__":
    unittest.main()
