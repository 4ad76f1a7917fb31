using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Egress.Functions;

/// <summary>Writes lines to the console that the worker logs while no function is running. The host would otherwise drop them.</summary>
/// <remarks>
/// The host logs everything that a worker writes to its console in the category <c>Host.Function.Console</c>. It logs a line of standard output as
/// information. It logs a line of standard error as a warning or an error if the line contains that word, so each line begins with its level.
/// </remarks>
internal static class WorkerConsole
{
    /// <summary>Adds the console logger.</summary>
    public static FunctionsApplicationBuilder AddWorkerConsole(this FunctionsApplicationBuilder builder)
    {
        builder.Logging
            .AddConsole(static console =>
            {
                console.FormatterName = nameof(OutsideOfFunctions);
                console.LogToStandardErrorThreshold = LogLevel.Warning;
            })
            .AddConsoleFormatter<OutsideOfFunctions, ConsoleFormatterOptions>()
            .AddFilter<ConsoleLoggerProvider>(category: null, LogLevel.Warning)
            .AddFilter<ConsoleLoggerProvider>("Egress", LogLevel.Information);
        builder.UseMiddleware<Invocations>();
        return builder;
    }

    /// <summary>Marks log lines of a running function, as their scope.</summary>
    private sealed class Invocation
    {
        public bool HasEnded { get; set; }
    }

    /// <summary>
    /// Sets the scope of the log lines of a function. After the function has ended, the log lines of background work that it started no longer count
    /// as its own.
    /// </summary>
    private sealed class Invocations(ILogger<Invocations> logger) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            var invocation = new Invocation();
            using var scope = logger.BeginScope(invocation);
            try
            {
                await next(context);
            }
            finally
            {
                invocation.HasEnded = true;
            }
        }
    }

    /// <summary>
    /// Writes each log entry as one line, because the host reads lines. Entries of functions are omitted, because the host receives them in another
    /// way.
    /// </summary>
    private sealed class OutsideOfFunctions() : ConsoleFormatter(nameof(OutsideOfFunctions))
    {
        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
        {
            var found = new Found();
            scopeProvider?.ForEachScope(static (scope, found) => found.IsRunning |= scope is Invocation { HasEnded: false }, found);
            if (found.IsRunning)
            {
                return;
            }

            var text = $"{Level(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] {logEntry.Formatter(logEntry.State, null)}";
            if (logEntry.Exception is { } exception)
            {
                text += $" {exception}";
            }

            textWriter.WriteLine(string.Join(' ', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
        }

        private static string Level(LogLevel level) => level switch
        {
            >= LogLevel.Error => "error",
            LogLevel.Warning => "warning",
            _ => "info",
        };

        private sealed class Found
        {
            public bool IsRunning { get; set; }
        }
    }
}
