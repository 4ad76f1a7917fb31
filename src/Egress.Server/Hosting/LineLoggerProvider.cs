using System.Globalization;
using System.Text;
using Egress.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Egress.Server.Hosting;

/// <summary>Writes each event as one line, formatted by a console formatter, to a <see cref="LineOutput"/>.</summary>
/// <param name="formatter">Formats the lines.</param>
/// <param name="output">Receives the lines.</param>
internal sealed class LineLoggerProvider(ConsoleFormatter formatter, LineOutput output) : ILoggerProvider, ISupportExternalScope
{
    [ThreadStatic]
    private static StringWriter? _line;

    private IExternalScopeProvider? _scopes;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    /// <inheritdoc/>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Write<TState>(in LogEntry<TState> entry)
    {
        // The field is empty while the writer is in use, because the formatting of a value may log another line.
        var line = Interlocked.Exchange(ref _line, null) ?? new StringWriter(CultureInfo.InvariantCulture);
        formatter.Write(entry, _scopes, line);
        var text = line.GetStringBuilder();
        if (text.Length > 0)
        {
            output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        }

        text.Clear();
        _line = line;
    }

    private sealed class LineLogger(LineLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => provider._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                provider.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
            }
        }
    }
}
