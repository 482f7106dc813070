"""What is printed for a reader that has gone."""

import os
import sys

from seqzoo.cli.broken_pipe import print_now


def test_nothing_is_printed_where_nobody_reads_and_nothing_fails(monkeypatch):
    reader, writer = os.pipe()
    with open(writer, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        print_now("heard")
        assert os.read(reader, 100) == b"heard\n"
        os.close(reader)
        for _ in range(2):
            print_now("not heard")
