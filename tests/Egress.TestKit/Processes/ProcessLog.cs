namespace Egress.TestKit.Processes;

/// <summary>The lines that a program has written so far.</summary>
public sealed class ProcessLog
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _more = NewSignal();

    /// <summary>A copy of the lines so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Waits for the first line that contains the text, and returns it. Earlier lines count. Never completes without such a line.</summary>
    public async Task<string> WaitForLineAsync(string text)
    {
        for (int next = 0; ;)
        {
            Task more;
            lock (_lock)
            {
                int found = _lines.FindIndex(next, line => line.Contains(text, StringComparison.Ordinal));
                if (found >= 0)
                {
                    return _lines[found];
                }

                next = _lines.Count;
                more = _more.Task;
            }

            await more;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', Lines);

    internal async Task FillAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Add(line);
        }
    }

    /// <summary>Adds a line.</summary>
    internal void Add(string line)
    {
        TaskCompletionSource more;
        lock (_lock)
        {
            _lines.Add(line);
            (more, _more) = (_more, NewSignal());
        }

        more.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
