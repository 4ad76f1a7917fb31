using System.Text;

namespace Egress.Settings.Formats;

/// <summary>Reads configuration files in the format of godotenv: <c>NAME=value</c>, <c>export</c>, comments, quotes, <c>${NAME}</c>.</summary>
/// <remarks>Messages contain the number of a line and never its text, which may be a secret.</remarks>
internal sealed class EnvFile
{
    private readonly string _text;
    private readonly Func<string, string?> _environment;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];
    private int _position;

    private EnvFile(string text, Func<string, string?> environment)
    {
        _text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        _environment = environment;
    }

    /// <summary>The values of the file. If a name occurs twice, the last value is used.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>One warning for each reference to a name that has no value.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    private bool AtEnd => _position == _text.Length;

    private bool AtLineEnd => AtEnd || _text[_position] is '\n' or '\r';

    private int Line => _text.AsSpan(0, _position).Count('\n') + 1;

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="environment">Returns the value of a name that the file refers to but does not set; null if it has none.</param>
    /// <exception cref="FormatException">The text is malformed. The message begins with the line number.</exception>
    public static EnvFile Parse(string text, Func<string, string?> environment)
    {
        var file = new EnvFile(text, environment);
        while (file.SkipToStatement())
        {
            var name = file.ReadName();
            file._values[name] = file.ReadValue();
        }

        return file;
    }

    private bool SkipToStatement()
    {
        while (!AtEnd && (char.IsWhiteSpace(_text[_position]) || _text[_position] == '#'))
        {
            if (_text[_position] == '#')
            {
                SkipLine();
            }
            else
            {
                _position++;
            }
        }

        return !AtEnd;
    }

    private string ReadName()
    {
        var start = _position;
        while (!AtLineEnd && _text[_position] is not ('=' or ':'))
        {
            _position++;
        }

        if (AtLineEnd)
        {
            throw Fault(Line, "there is no \"=\" after the name");
        }

        var name = _text[start.._position].TrimEnd();
        if (name.StartsWith("export", StringComparison.Ordinal) && name.Length > 6 && char.IsWhiteSpace(name[6]))
        {
            name = name[6..].TrimStart();
        }

        if (name.Length == 0 || !name.All(c => char.IsLetterOrDigit(c) || c is '_' or '.'))
        {
            throw Fault(Line, "a name consists of letters, digits, \"_\" and \".\"");
        }

        _position++;
        return name;
    }

    private string ReadValue()
    {
        var start = _position;
        SkipSpaces();
        if (AtLineEnd || (_text[_position] == '#' && _position > start))
        {
            SkipLine();
            return "";
        }

        return _text[_position] is '"' or '\'' ? ReadQuoted(_text[_position]) : ReadPlain();
    }

    private string ReadPlain()
    {
        var (start, line) = (_position, Line);
        while (!AtLineEnd && !(_text[_position] == '#' && _position > start && char.IsWhiteSpace(_text[_position - 1])))
        {
            _position++;
        }

        var value = _text[start.._position].TrimEnd();
        SkipLine();
        return Expand(value, line, escapes: false);
    }

    private string ReadQuoted(char quote)
    {
        var line = Line;
        var start = ++_position;
        while (!AtEnd && _text[_position] != quote)
        {
            // A backslash escapes the next character only within double quotes, as in a shell.
            _position = Math.Min(_position + (quote == '"' && _text[_position] == '\\' ? 2 : 1), _text.Length);
        }

        if (AtEnd)
        {
            throw Fault(line, "the quoted value has no closing quote");
        }

        var value = _text[start.._position++];
        SkipSpaces();
        if (!AtLineEnd && _text[_position] != '#')
        {
            throw Fault(Line, "there is text after the quoted value");
        }

        SkipLine();
        return quote == '"' ? Expand(value, line, escapes: true) : value;
    }

    /// <summary>Replaces <c>$NAME</c> and <c>${NAME}</c> by their values. In a value with double quotes, also replaces escape sequences.</summary>
    private string Expand(string value, int line, bool escapes)
    {
        var result = new StringBuilder();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length && (escapes || value[i + 1] == '$'))
            {
                result.Append(value[++i] switch { 'n' => '\n', 'r' => '\r', var other => other });
            }
            else if (value[i] == '$' && TryReadReference(value, i, out var name, out var length))
            {
                result.Append(LookUp(name, line));
                i += length - 1;
            }
            else
            {
                result.Append(value[i]);
            }
        }

        return result.ToString();
    }

    // Reads the name after a dollar sign. Only upper-case names are references, so that most passwords with "$" need no escape.
    private static bool TryReadReference(string value, int dollar, out string name, out int length)
    {
        var braces = dollar + 1 < value.Length && value[dollar + 1] == '{';
        var start = dollar + (braces ? 2 : 1);
        var end = start;
        while (end < value.Length && (char.IsAsciiLetterUpper(value[end]) || char.IsAsciiDigit(value[end]) || value[end] == '_'))
        {
            end++;
        }

        name = value[start..end];
        var closed = end < value.Length && value[end] == '}';
        length = end - dollar + (braces ? 1 : 0);
        return name.Length > 0 && (!braces || closed);
    }

    private string LookUp(string name, int line)
    {
        if (_values.TryGetValue(name, out var value) || (value = _environment(name)) is not null)
        {
            return value;
        }

        _warnings.Add($"line {line}: a reference to a name without a value is empty; write \"\\$\" for a dollar sign");
        return "";
    }

    private void SkipSpaces()
    {
        while (!AtLineEnd && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }
    }

    private void SkipLine()
    {
        while (!AtEnd && _text[_position] != '\n')
        {
            _position++;
        }
    }

    private static FormatException Fault(int line, string what) => new($"line {line}: {what}");
}
