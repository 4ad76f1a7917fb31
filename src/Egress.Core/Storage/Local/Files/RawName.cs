using System.Text;
using System.Text.Unicode;

namespace Egress.Storage.Local.Files;

/// <summary>
/// Encodes file names that are not UTF-8 as text. Each byte that is not part of a valid character becomes U+0000, followed by the character whose code is the
/// byte. No file name contains U+0000, so the text is unambiguous. The text is valid Unicode, so it can be used like any other key.
/// </summary>
internal static class RawName
{
    private const char Escape = '\0';
    private const char FirstByte = '\u0080';
    private const char LastByte = '\u00FF';

    /// <summary>Returns the text of a file's name.</summary>
    public static string FromBytes(ReadOnlySpan<byte> name)
    {
        if (Utf8.IsValid(name))
        {
            return Encoding.UTF8.GetString(name);
        }

        var text = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(name, out var rune, out var length);
            if (status == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                length = 1;
                text.Append(Escape).Append((char)name[0]);
            }

            name = name[length..];
        }

        return text.ToString();
    }

    /// <summary>Whether a text is a valid encoding of a path: each U+0000 is followed by the character of a byte, and no surrogate is unpaired.</summary>
    public static bool IsValid(string path)
    {
        for (var index = path.IndexOf(Escape, StringComparison.Ordinal); index >= 0; index = path.IndexOf(Escape, index + 1))
        {
            if (index + 1 == path.Length || path[index + 1] is < FirstByte or > LastByte)
            {
                return false;
            }
        }

        return ObjectKey.IsUnicode(path);
    }

    /// <summary>Writes the bytes of a valid path and a terminating zero.</summary>
    /// <returns>False if there is not enough room.</returns>
    public static bool TryWrite(ReadOnlySpan<char> path, Span<byte> room)
    {
        while (path.IndexOf(Escape) is >= 0 and var index)
        {
            if (!ObjectKey.Strict.TryGetBytes(path[..index], room, out var written) || written == room.Length)
            {
                return false;
            }

            room[written] = (byte)path[index + 1];
            path = path[(index + 2)..];
            room = room[(written + 1)..];
        }

        if (!ObjectKey.Strict.TryGetBytes(path, room, out var rest) || rest == room.Length)
        {
            return false;
        }

        room[rest] = 0;
        return true;
    }
}
