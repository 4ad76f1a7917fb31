using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Egress.Benchmarks.Engine;

/// <summary>Creates content that is the same on every machine and in every run.</summary>
internal static class SampleContent
{
    private const int Words = 4000;
    private const int LinesOfOneKind = 500;

    /// <summary>Fills memory with random bytes, which cannot be compressed.</summary>
    public static void FillRandom(Span<byte> target, ulong seed)
    {
        var state = seed * 0x9E3779B97F4A7C15 + 1;
        while (target.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target, Next(ref state));
            target = target[sizeof(ulong)..];
        }

        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (byte)Next(ref state);
        }
    }

    /// <summary>Returns random bytes in a new array.</summary>
    public static byte[] Random(int length, ulong seed = 1)
    {
        var bytes = new byte[length];
        FillRandom(bytes, seed);
        return bytes;
    }

    /// <summary>Returns text: prose, a table and a log in turn. Words have the frequency and order of a natural language. Numbers do not repeat.</summary>
    public static byte[] Text(int length, ulong seed = 1)
    {
        var text = new StringBuilder(length + 256);
        var words = new WordChain(Vocabulary(), seed);
        for (var line = 0; text.Length < length; line++)
        {
            AppendLine(text, (line / LinesOfOneKind + (int)seed) % 3, line, words);
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    private static void AppendLine(StringBuilder text, int kind, int line, WordChain words)
    {
        switch (kind)
        {
            case 0:
                for (var i = 0; i < 12; i++)
                {
                    text.Append(words.Next()).Append(i == 11 ? ".\n" : " ");
                }

                break;
            case 1:
                text.Append(CultureInfo.InvariantCulture, $"{line},{words.Next()} {words.Next()},{words.Number(100000)},{words.Number(1000)}.{words.Number(100):00},");
                text.Append(words.Number(2) == 0 ? "open\n" : "closed\n");
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"2024-05-31T{line / 3600 % 24:00}:{line / 60 % 60:00}:{line % 60:00}.{words.Number(1000):000}Z INFO ");
                text.Append(CultureInfo.InvariantCulture, $"{words.Next()}.{words.Next()} request={words.Number(uint.MaxValue):x8} took {words.Number(2000)} ms\n");
                break;
        }
    }

    private static string[] Vocabulary()
    {
        const string consonants = "bcdfghlmnprstvw";
        const string vowels = "aeiou";
        var state = 42UL;
        return [.. Enumerable.Range(0, Words).Select(_ =>
        {
            var syllables = 1 + (int)(Next(ref state) % 4);
            return string.Concat(Enumerable.Range(0, syllables).Select(_ =>
                $"{consonants[(int)(Next(ref state) % (ulong)consonants.Length)]}{vowels[(int)(Next(ref state) % (ulong)vowels.Length)]}"));
        })];
    }

    /// <summary>
    /// Returns the next number of SplitMix64. It is fast, and the same on every machine and in every version, which <see cref="System.Random"/> does
    /// not guarantee.
    /// </summary>
    private static ulong Next(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>An artificial language. Few words are frequent and most are rare (Zipf's law), and each word has a few likely successors.</summary>
    private sealed class WordChain(string[] words, ulong seed)
    {
        private const int Successors = 8;

        private ulong _state = seed * 0x9E3779B97F4A7C15 + 1;
        private ulong _last;

        public string Next()
        {
            var uniform = (Draw() >> 11) * (1.0 / (1UL << 53));
            if (Draw() % 3 > 0)
            {
                // Chooses one of the likely successors. The first ones are the most likely.
                var state = _last * Successors + (ulong)(uniform * uniform * Successors);
                uniform = (SampleContent.Next(ref state) >> 11) * (1.0 / (1UL << 53));
            }

            _last = (ulong)Math.Pow(words.Length, uniform) - 1;
            return words[_last];
        }

        public ulong Number(ulong below) => Draw() % below;

        private ulong Draw() => SampleContent.Next(ref _state);
    }
}
