using System.Text;

namespace Egress.Storage;

/// <summary>Code for keys that all storages share.</summary>
internal static class ObjectKey
{
    /// <summary>An encoding that throws for text that is not Unicode. A replacement character in a key would identify another object.</summary>
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether every surrogate is part of a pair. A lone surrogate has no UTF-8 form.</summary>
    public static bool IsUnicode(string key)
    {
        for (var i = 0; i < key.Length; i++)
        {
            if (char.IsSurrogate(key[i]) && (i + 1 == key.Length || !char.IsSurrogatePair(key[i], key[++i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Returns a key as a readable name. Local storage encodes each byte of a file name that is not UTF-8 as U+0000, followed by the Latin-1 character of the
    /// byte (<c>Local/Files/RawName</c>). This method keeps only the character.
    /// </summary>
    public static string Readable(string key) => key.Replace("\0", "", StringComparison.Ordinal);
}
