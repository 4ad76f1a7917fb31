using System.Globalization;
using Egress.Http.Requests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Egress.Server.Hosting;

/// <summary>
/// Formats log lines for a terminal. Removes control characters, which a terminal would interpret: keys, ids and responses of other servers can
/// contain them. The framework's formatter keeps them.
/// </summary>
internal sealed class TerminalFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the console logger finds this formatter.</summary>
    public const string FormatterName = "terminal";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var at = time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write($"{at} {Short(logEntry.LogLevel)} [{logEntry.EventId.Id}] {PrintableText.Clean(text)}");
        scopeProvider?.ForEachScope(WriteScope, textWriter);
        textWriter.WriteLine();
        if (logEntry.Exception is { } exception)
        {
            foreach (var line in exception.ToString().ReplaceLineEndings("\n").Split('\n'))
            {
                textWriter.WriteLine(PrintableText.Clean(line));
            }
        }
    }

    /// <summary>Writes the ids of the request and the download. Omits the scopes of the framework.</summary>
    private static void WriteScope(object? scope, TextWriter textWriter)
    {
        if (scope is RequestScope ids)
        {
            textWriter.Write(string.Concat(ids.Select(static id => $" {id.Key}={PrintableText.Clean($"{id.Value}")}")));
        }
    }

    private static string Short(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        LogLevel.Critical => "crit",
        LogLevel.None => "none",
    };
}
