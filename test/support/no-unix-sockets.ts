/**
 * A command that runs another one which may not make Unix sockets, as a systemd unit with `RestrictAddressFamilies=AF_INET
 * AF_INET6`: socket(2) answers EAFNOSUPPORT for them.
 */
export function withoutUnixSockets(command: readonly string[]): string[] {
  return ['python3', '-c', SCRIPT, ...command];
}

/** seccomp(2) has no command of its own. The filter: socket(2) of this architecture with the family AF_UNIX. */
const SCRIPT = `
import ctypes, os, platform, struct, sys
audit, socket = {'x86_64': (0xC000003E, 41), 'aarch64': (0xC00000B7, 198)}[platform.machine()]
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
code = b''.join(struct.pack('HBBI', *each) for each in [
    (LOAD, 0, 0, 4), (EQUAL, 0, 5, audit),
    (LOAD, 0, 0, 0), (EQUAL, 0, 3, socket),
    (LOAD, 0, 0, 16), (EQUAL, 0, 1, 1),
    (RETURN, 0, 0, ERRNO | 97), (RETURN, 0, 0, ALLOW),
])
buffer = ctypes.create_string_buffer(code)
program = struct.pack('HxxxxxxQ', len(code) // 8, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0):
    sys.exit('prctl: ' + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
`;
