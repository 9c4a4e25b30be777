"""A FUSE file system that shows a folder as an odd file system would. `odd.py FOLDER MOUNTPOINT QUIRK...`

no-links        has no hard links, as FAT
own-modes       says mode 0777 of everything, as ntfs-3g without permissions
lingering       the name of a deleted file lives on until it is closed, as on Windows
hard-remove     deletes what is open at once, so that its descriptor is worth nothing
size-0          says size 0 of every file, as /proc, and file systems that learn sizes on reading
half-size       says half of the size of every file
read-errors=P   fails P percent of all reads with EIO, as a dying disk does; always the same ones
whole-seconds   has times of whole seconds
slow=MS         takes so many milliseconds longer for each call; calls of several threads wait at the same time
taking=NAME     as soon as a file is about to be renamed or linked to NAME, somebody else makes a file of that name first
"""
import errno
import os
import random
import sys
import time

try:
    import fusepy as fuse
except ImportError:
    import fuse

SOURCE, MOUNTPOINT, *QUIRKS = sys.argv[1:]
PERCENT = sum(float(quirk.split('=', 1)[1]) for quirk in QUIRKS if quirk.startswith('read-errors='))
FAILING = random.Random(1)
DELAY = sum(float(quirk.split('=', 1)[1]) for quirk in QUIRKS if quirk.startswith('slow=')) / 1000
TAKING = [quirk.split('=', 1)[1] for quirk in QUIRKS if quirk.startswith('taking=')]


class Odd(fuse.Operations):
    def __init__(self):
        self.open_by_path = {}
        self.deleted = set()

    def __call__(self, operation, *args):
        if DELAY:
            time.sleep(DELAY)
        return super().__call__(operation, *args)

    def real(self, path):
        return SOURCE + path

    def init(self, path):
        print('ready', flush=True)

    def getattr(self, path, fh=None):
        stats = os.fstat(fh) if fh and 'hard-remove' not in QUIRKS else os.lstat(self.real(path))
        fields = ('st_mode', 'st_nlink', 'st_uid', 'st_gid', 'st_size', 'st_ino')
        result = {name: getattr(stats, name) for name in fields}
        for name in ('atime', 'mtime', 'ctime'):
            value = getattr(stats, 'st_' + name + '_ns')
            result['st_' + name] = value // 10**9 * 10**9 if 'whole-seconds' in QUIRKS else value
        if 'own-modes' in QUIRKS:
            result['st_mode'] |= 0o777
        if 'size-0' in QUIRKS and (stats.st_mode & 0o170000) == 0o100000:
            result['st_size'] = 0
        if 'half-size' in QUIRKS and (stats.st_mode & 0o170000) == 0o100000:
            result['st_size'] = stats.st_size // 2
        return result

    def readdir(self, path, fh):
        return ['.', '..'] + os.listdir(self.real(path))

    def open(self, path, flags):
        fh = os.open(self.real(path), flags)
        self.open_by_path[fh] = path
        return fh

    def create(self, path, mode, fi=None):
        fh = os.open(self.real(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        self.open_by_path[fh] = path
        return fh

    def read(self, path, size, offset, fh):
        if FAILING.random() * 100 < PERCENT:
            raise fuse.FuseOSError(errno.EIO)
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(fh if fh else self.real(path), length)

    def flush(self, path, fh):
        return 0

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def release(self, path, fh):
        # First: as soon as it is closed, another thread may be given the same number.
        path = self.open_by_path.pop(fh)
        os.close(fh)
        if path in self.deleted and path not in self.open_by_path.values():
            self.deleted.remove(path)
            os.unlink(self.real(path))
        return 0

    def take(self, path):
        if os.path.basename(path) in TAKING and not os.path.lexists(self.real(path)):
            with open(self.real(path), 'w') as file:
                file.write('of somebody else')

    def rename(self, old, new):
        self.take(new)
        os.rename(self.real(old), self.real(new))
        for fh, path in list(self.open_by_path.items()):
            if path == old:
                self.open_by_path[fh] = new

    def link(self, target, source):
        if 'no-links' in QUIRKS:
            raise fuse.FuseOSError(errno.EPERM)
        self.take(target)
        os.link(self.real(source), self.real(target))

    def symlink(self, target, source):
        os.symlink(source, self.real(target))

    def readlink(self, path):
        return os.readlink(self.real(path))

    def unlink(self, path):
        if 'lingering' in QUIRKS and path in self.open_by_path.values():
            self.deleted.add(path)
        else:
            os.unlink(self.real(path))

    def mkdir(self, path, mode):
        os.mkdir(self.real(path), mode)

    def rmdir(self, path):
        os.rmdir(self.real(path))

    def chmod(self, path, mode):
        os.chmod(self.real(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self.real(path), uid, gid)

    def utimens(self, path, times=None):
        os.utime(self.real(path), ns=times)

    def statfs(self, path):
        stats = os.statvfs(self.real(path))
        names = ('f_bavail', 'f_bfree', 'f_blocks', 'f_bsize', 'f_favail', 'f_ffree', 'f_files', 'f_frsize', 'f_namemax')
        return {name: getattr(stats, name) for name in names}


OPTIONS = {'foreground': True, 'use_ino': True}
if not DELAY:
    # One call after the other, and each look asks anew.
    OPTIONS |= {'nothreads': True, 'attr_timeout': 0, 'entry_timeout': 0}
if 'hard-remove' in QUIRKS or 'lingering' in QUIRKS:
    OPTIONS['hard_remove'] = True
if 'size-0' in QUIRKS or 'half-size' in QUIRKS:
    OPTIONS['direct_io'] = True
operations = Odd()
operations.use_ns = True
fuse.FUSE(operations, MOUNTPOINT, **OPTIONS)
