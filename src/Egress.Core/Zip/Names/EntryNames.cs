using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Egress.Zip.Names;

/// <summary>Converts any text to a safe path, which every system unpacks inside the target folder.</summary>
internal static class EntryNames
{
    /// <summary>The largest length of a part between slashes, in UTF-8 bytes. This is the limit of common file systems.</summary>
    internal const int MaxSegmentBytes = 255;

    /// <summary>The largest length of a path, in UTF-8 bytes. Keys of S3 and Azure are not longer.</summary>
    internal const int MaxPathBytes = 1024;

    /// <summary>The largest length of an extension, in UTF-8 bytes, that is kept when a name is shortened.</summary>
    private const int MaxExtensionBytes = 32;

    private const string Unnamed = "_";

    // Characters that Windows refuses, control characters, and characters that change the direction of text, which could disguise an extension.
    private static readonly SearchValues<char> Unsafe = SearchValues.Create(
        [.. "<>:\"|?*", .. Range(0, 0x1F), .. Range(0x7F, 0x9F), .. Range(0x2028, 0x202E), .. Range(0x2066, 0x2069), '\u061C', '\u200E', '\u200F', '\uFEFF']);

    private static readonly FrozenSet<string> Reserved = FrozenSet.ToFrozenSet(
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$", .. Numbered("COM"), .. Numbered("LPT")], StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Makes a path safe. A safe path has forward slashes, no drive, no empty, <c>.</c> or <c>..</c> parts, no characters or names that Windows refuses, and
    /// parts of at most 255 bytes. Refused characters become <c>_</c>. A path that is already safe is returned unchanged.
    /// </summary>
    /// <param name="path">Any text; slashes and backslashes separate folders.</param>
    /// <returns>A path that is never empty and never leaves its folder. Different paths may become the same one.</returns>
    public static string MakeSafe(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (IsSafe(path))
        {
            return path;
        }

        var rest = WithoutDrive(path);
        var safe = new List<string>();
        foreach (var range in rest.SplitAny('/', '\\'))
        {
            if (rest[range] is not ("" or "." or ".."))
            {
                safe.Add(MakeSegmentSafe(rest[range]));
            }
        }

        KeepLastParts(safe);
        return safe.Count > 0 ? string.Join('/', safe) : Unnamed;
    }

    /// <summary>Inserts a suffix before the extension of a file name. Shortens the stem so that the result is not longer than a segment may be.</summary>
    internal static string Fit(ReadOnlySpan<char> segment, string suffix)
    {
        var extension = Extension(segment);
        var stem = segment[..^extension.Length];
        var room = MaxSegmentBytes - suffix.Length - Encoding.UTF8.GetByteCount(extension);
        return string.Concat(CutUtf8(stem, room), suffix, extension);
    }

    /// <summary>Whether a fast check shows that a path is safe. False for some safe paths, such as long ones.</summary>
    private static bool IsSafe(ReadOnlySpan<char> path)
    {
        if (path.Contains('\\') || HasUnsafe(path) || Encoding.UTF8.GetByteCount(path) > MaxSegmentBytes)
        {
            return false;
        }

        foreach (var range in path.Split('/'))
        {
            if (path[range] is [] or [.., '.' or ' '] || IsReserved(path[range]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasUnsafe(ReadOnlySpan<char> text) => text.ContainsAny(Unsafe) || text.ContainsAnyInRange('\uD800', '\uDFFF');

    /// <summary>Whether Windows treats the name as that of a device, such as <c>CON</c> or <c>NUL.txt</c>.</summary>
    private static bool IsReserved(ReadOnlySpan<char> segment)
    {
        var stem = segment[..(segment.IndexOf('.') is >= 0 and var dot ? dot : segment.Length)].TrimEnd(' ');
        return Reserved.GetAlternateLookup<ReadOnlySpan<char>>().Contains(stem);
    }

    private static ReadOnlySpan<char> WithoutDrive(string path)
    {
        var start = path.AsSpan().TrimStart("/\\");
        return start.Length >= 2 && start[1] == ':' && char.IsAsciiLetter(start[0]) ? start[2..] : start;
    }

    private static string MakeSegmentSafe(ReadOnlySpan<char> segment)
    {
        var text = ReplaceUnsafe(segment).TrimEnd(". ");
        if (IsReserved(text))
        {
            text = string.Concat("_", text);
        }

        if (Encoding.UTF8.GetByteCount(text) > MaxSegmentBytes)
        {
            text = Fit(text, "").AsSpan().TrimEnd(". ");
        }

        return text.IsEmpty ? Unnamed : text.ToString();
    }

    private static ReadOnlySpan<char> ReplaceUnsafe(ReadOnlySpan<char> segment)
    {
        if (!HasUnsafe(segment))
        {
            return segment;
        }

        var text = new StringBuilder(segment.Length);
        for (var i = 0; i < segment.Length; i++)
        {
            if (char.IsHighSurrogate(segment[i]) && i + 1 < segment.Length && char.IsLowSurrogate(segment[i + 1]))
            {
                text.Append(segment.Slice(i++, 2));
            }
            else
            {
                // A lone surrogate is replaced, because it has no UTF-8 form.
                text.Append(Unsafe.Contains(segment[i]) || char.IsSurrogate(segment[i]) ? '_' : segment[i]);
            }
        }

        return text.ToString();
    }

    private static ReadOnlySpan<char> Extension(ReadOnlySpan<char> segment)
    {
        var dot = segment.LastIndexOf('.');
        return dot > 0 && Encoding.UTF8.GetByteCount(segment[dot..]) <= MaxExtensionBytes ? segment[dot..] : [];
    }

    private static ReadOnlySpan<char> CutUtf8(ReadOnlySpan<char> text, int bytes)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }

    private static void KeepLastParts(List<string> segments)
    {
        var length = -1;
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            length += 1 + Encoding.UTF8.GetByteCount(segments[i]);
            if (length > MaxPathBytes)
            {
                segments.RemoveRange(0, i + 1);
                break;
            }
        }
    }

    private static IEnumerable<char> Range(int first, int last) => Enumerable.Range(first, last - first + 1).Select(code => (char)code);

    private static IEnumerable<string> Numbered(string device) => "0123456789¹²³".Select(digit => $"{device}{digit}");
}
