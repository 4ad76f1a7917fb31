using System.Buffers;

namespace Egress.Hosting;

/// <summary>
/// Writes lines to the standard output on the threads that log them: handing each line to its own thread would cost a wake-up. A line that is
/// logged while another thread writes is written by that thread. Thread-safe.
/// </summary>
/// <param name="output">Not buffered, so that a process that dies has lost at most what was logged during the last write.</param>
/// <param name="mostPending">Bytes that may wait for a reader that does not keep up. With more, logging waits.</param>
internal sealed class LineOutput(Stream output, int mostPending = 1 << 20)
{
    private readonly object _gate = new();
    private ArrayBufferWriter<byte> _pending = new();
    private ArrayBufferWriter<byte> _written = new();
    private bool _isWriting;

    /// <summary>Writes a line, or leaves it to the thread that is writing.</summary>
    /// <param name="line">With its end.</param>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            while (_isWriting && _pending.WrittenCount + line.Length > mostPending)
            {
                Monitor.Wait(_gate);
            }

            _pending.Write(line);
            if (_isWriting)
            {
                return;
            }

            _isWriting = true;
        }

        while (TryTake() is { } lines)
        {
            WriteOut(lines.WrittenSpan);
            lines.ResetWrittenCount();
        }
    }

    private ArrayBufferWriter<byte>? TryTake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
            if (_pending.WrittenCount == 0)
            {
                _isWriting = false;
                return null;
            }

            (_pending, _written) = (_written, _pending);
            return _written;
        }
    }

    private void WriteOut(ReadOnlySpan<byte> lines)
    {
        try
        {
            output.Write(lines);
        }
        catch (IOException)
        {
            // The output is full or closed. There is no other place to report that, and downloads continue.
        }
    }
}
