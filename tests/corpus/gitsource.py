"""PDF files of a git directory at one commit, unpacked into a folder: [(path, name in the repository)].

What is not a PDF's own bytes (a pointer of Git LFS) is left out and counted. Nothing is checked out, and
names of the repository are never used as names of files here.
"""
import hashlib
import os
import subprocess

POINTER = b"version https://git-lfs"


def _git(directory, *args, **kwargs):
    return subprocess.run(["git", "--git-dir", directory, *args], check=True, stdout=subprocess.PIPE, **kwargs).stdout


def resolve(directory, commit):
    return _git(directory, "rev-parse", "--verify", commit + "^{commit}").decode().strip()


def _blobs(directory, commit):
    """{blob: its first name} of every file called *.pdf"""
    out = {}
    for entry in _git(directory, "ls-tree", "-r", "-z", commit).split(b"\0"):
        head, _, name = entry.partition(b"\t")
        fields = head.split()
        if name.lower().endswith(b".pdf") and fields[1] == b"blob" and fields[0] != b"120000":
            out.setdefault(fields[2].decode(), name.decode("utf-8", "replace"))
    return out


def unpack(directory, commit, folder):
    """([(path, name, sha256)], how many were pointers); the same bytes once."""
    os.makedirs(folder, exist_ok=True)
    blobs, files, pointers, seen = _blobs(directory, commit), [], 0, set()
    with subprocess.Popen(["git", "--git-dir", directory, "cat-file", "--batch"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as git:
        for blob, name in sorted(blobs.items(), key=lambda item: item[1]):
            git.stdin.write(blob.encode() + b"\n")
            git.stdin.flush()
            head = git.stdout.readline().split()
            if head[-1] == b"missing":
                pointers += 1
                continue
            data = git.stdout.read(int(head[2]))
            git.stdout.read(1)
            if data.startswith(POINTER):
                pointers += 1
                continue
            digest = hashlib.sha256(data).hexdigest()
            if digest in seen:
                continue
            seen.add(digest)
            path = os.path.join(folder, f"{len(files):05d}.pdf")
            with open(path, "wb") as f:
                f.write(data)
            files.append((path, name, digest))
        git.stdin.close()
    return files, pointers
