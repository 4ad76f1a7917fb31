# Runs a program on a pseudo-terminal, and copies its output to standard output.
# python3 terminal.py WIDTH SIGNAL PROGRAM…: WIDTH is that of the terminal in columns, SIGNAL the text after which Ctrl+C is typed; empty for never.
import fcntl, os, pty, struct, sys, termios
width, signal, program = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 50, width, 0, 0))
    os.execvp(program[0], program)
seen = b''
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        part = b''
    if not part:
        break
    os.write(1, part)
    seen += part
    if signal and signal in seen:
        os.write(terminal, b'\x03')
        signal = b''
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) % 256)
