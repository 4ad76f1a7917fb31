using CsCheck;
using Egress.Backends;
using Egress.Records;
using Egress.Records.Json;
using Xunit;

namespace Egress.Core.Tests.Records.Json;

/// <summary>Tests with records of arbitrary content. Reading one returns a record or throws a typed fault.</summary>
public sealed class RecordFuzzTests
{
    private const int Cases = 10_000;

    private static readonly RecordPlace Objects = new("any", "objects");

    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "true", "1", "-1", "1e99", "\"objects\":[", "\"key\":", "\"prefix\":", "\"folder\":",
            "\"size\":", "\"crc32\":", "\"modified\":\"2016-12-31T23:59:60Z\"", "\"custom_headers\":{", "\"a\"", " ", "\n", "\0", "\uFEFF",
        }.Select(piece => System.Text.Encoding.UTF8.GetBytes(piece)),
    ];

    // Fragments of JSON in any order, and arbitrary bytes.
    private static readonly Gen<byte[]> Soup = Gen.OneOf(
        Gen.Byte.Select(value => new[] { value }),
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i])).List[0, 40].Select(pieces => pieces.SelectMany(piece => piece).ToArray());

    // A valid record in which a few bytes are replaced, which is the most frequent damage in a database.
    private static readonly Gen<byte[]> Mutilated = Mutilate(RecordDocumentTests.SomeRecord.Select(record => RecordDocument.Write(record).ToArray()));

    private static readonly Gen<byte[]> MutilatedItems = Mutilate(RecordDocumentTests.SomeItem.List[0, 5].Select(Write));

    [Fact]
    public void A_document_is_a_record_or_a_fault_of_the_database() => Gen.OneOf(Mutilated, Soup).Check(
        bytes =>
        {
            try
            {
                RecordDocument.Read("any", bytes, new RecordLimits(1 << 20, 3));
            }
            catch (BackendException fault)
            {
                Assert.Equal((Backend.Database, BackendFault.Malformed), (fault.Backend, fault.Fault));
            }
        },
        Cases);

    [Fact]
    public Task An_array_is_read_the_same_in_any_pieces() => Gen.Select(Gen.OneOf(MutilatedItems, Soup), Gen.Int[1, 40]).CheckAsync(
        async (bytes, pieceLength) => Assert.Equal(await ReadAsync(bytes, bytes.Length + 1), await ReadAsync(bytes, pieceLength)),
        Cases);

    private static Gen<byte[]> Mutilate(Gen<byte[]> valid) => Gen.Select(
        valid, Gen.Select(Gen.Int[0, int.MaxValue], Gen.OneOf(Gen.Byte, Gen.Int[0, 12].Select(i => "\"\\u[]{}:,0dD8"u8[i]))).List[0, 4],
        (bytes, changes) =>
        {
            foreach (var (at, value) in changes)
            {
                bytes[at % bytes.Length] = value;
            }

            return bytes;
        });

    private static byte[] Write(List<RecordItem> items) => RecordDocument.ToJson(json => RecordDocument.WriteItems(json, items)).ToArray();

    /// <summary>Reads an array that arrives in pieces. Returns its items, or the message of the fault.</summary>
    private static async Task<string> ReadAsync(byte[] bytes, int pieceLength)
    {
        var parser = new RecordItemsParser(Objects, default);
        var rest = bytes.AsMemory();
        try
        {
            await RecordItemsStream.ReadAsync(
                (buffer, _) =>
                {
                    var length = Math.Min(Math.Min(pieceLength, buffer.Length), rest.Length);
                    rest[..length].CopyTo(buffer);
                    rest = rest[length..];
                    return new(length);
                },
                parser, Objects, default, TestContext.Current.CancellationToken);
            return string.Join('\n', parser.ToList());
        }
        catch (BackendException fault)
        {
            Assert.Equal((Backend.Database, BackendFault.Malformed), (fault.Backend, fault.Fault));

            // The parser's message about invalid JSON depends on the length of the pieces.
            return fault.InnerException is System.Text.Json.JsonException ? "not JSON" : fault.Message;
        }
    }
}
