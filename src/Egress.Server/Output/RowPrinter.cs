using System.CommandLine;
using Egress.Http.Requests;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Egress.Server.Output;

/// <summary>
/// Prints a list to standard output: as JSON lines with <c>--json</c>, as a table on a wide terminal, otherwise as a line of text for each row.
/// Removes control characters from cells. Not safe for concurrent use.
/// </summary>
internal sealed class RowPrinter
{
    private readonly InvocationConfiguration _console;
    private readonly bool _json;
    private readonly ListColumn[] _columns;
    private readonly IAnsiConsole _terminal;
    private readonly Table? _table;
    private readonly List<string> _lines = [];

    /// <summary>Begins a list.</summary>
    /// <param name="console">The output of the command.</param>
    /// <param name="json">Whether to print JSON lines.</param>
    /// <param name="columns">The columns for output that is not JSON.</param>
    public RowPrinter(InvocationConfiguration console, bool json, params ListColumn[] columns)
    {
        (_console, _json, _columns) = (console, json, columns);
        _terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(console.Output) });
        _table = !json && _terminal.Profile.Out.IsTerminal ? Create(columns) : null;
    }

    /// <summary>Adds a row.</summary>
    /// <param name="json">The row as JSON.</param>
    /// <param name="cells">The row for output that is not JSON, with a text for each column. An empty text is shown as a hyphen.</param>
    public async Task AddAsync(Func<string> json, params string?[] cells)
    {
        if (_json)
        {
            await _console.Output.WriteLineAsync(json());
            return;
        }

        var clean = cells.Select(static cell => string.IsNullOrEmpty(cell) ? "-" : PrintableText.Clean(cell)).ToList();
        if (_table is null)
        {
            await _console.Output.WriteLineAsync(string.Join("  ", clean));
            return;
        }

        _lines.Add(string.Join("  ", clean));
        _table.AddRow(clean.Zip(_columns, static (cell, column) => column.Show(cell)));
    }

    /// <summary>Ends the list.</summary>
    /// <param name="summary">A sentence about the list for standard error. Not printed with <c>--json</c>.</param>
    public async Task EndAsync(string summary)
    {
        if (_table is { Rows.Count: > 0 })
        {
            await WriteAsync(_table);
        }

        if (!_json)
        {
            await _console.Error.WriteLineAsync(summary);
        }
    }

    /// <summary>Writes a table or, if the terminal is too narrow for it, a line of text for each row.</summary>
    private async Task WriteAsync(Table table)
    {
        if (((IRenderable)table).Measure(RenderOptions.Create(_terminal), int.MaxValue).Max <= _terminal.Profile.Width)
        {
            _terminal.Write(table);
            return;
        }

        foreach (var line in _lines)
        {
            await _console.Output.WriteLineAsync(line);
        }
    }

    private static Table Create(ListColumn[] columns)
    {
        var table = new Table { Border = TableBorder.Simple, UseSafeBorder = true };
        foreach (var column in columns)
        {
            table.AddColumn(column.Create());
        }

        return table;
    }
}
