using System.Buffers;

namespace Egress.Hosting;

/// <summary>
/// Writes log lines to standard output on the threads that log them, because a dedicated thread would have to be woken for each line. If another thread is
/// writing already, that thread writes the line too. Thread-safe.
/// </summary>
/// <param name="output">The unbuffered output. A process that crashes loses at most the lines that were logged during the last write.</param>
/// <param name="mostPending">The number of bytes that may wait for a slow reader of the output. If there are more, logging blocks.</param>
internal sealed class LineOutput(Stream output, int mostPending = 1 << 20)
{
    private readonly object _gate = new();
    private ArrayBufferWriter<byte> _pending = new();
    private ArrayBufferWriter<byte> _written = new();
    private bool _isWriting;

    /// <summary>Writes a line, or leaves it to the thread that is already writing.</summary>
    /// <param name="line">The line, with its line end.</param>
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
            // The output is full or closed. The line is dropped, because there is no other place to log it, and downloads continue.
        }
    }
}
