using System.Text.Json.Nodes;

namespace Egress.EndToEnd.Tests.Matrix;

/// <summary>A record of zipperfly's own integration tests, with the same id, keys and headers.</summary>
internal sealed record FixtureRecord(string Id, string[] Objects, string Name)
{
    /// <summary>Bucket of all records.</summary>
    public const string Bucket = "test-bucket";

    public string? Password { get; init; }

    public string? CustomHeaders { get; init; }

    /// <summary>All records.</summary>
    public static IReadOnlyList<FixtureRecord> All { get; } =
    [
        new("test-basic", ["document.txt"], "basic-download"),
        new("test-multi", ["document.txt", "data.json", "data.csv"], "multi-file-download"),
        new("test-all", ["document.txt", "data.json", "data.csv", "binary.dat"], "all-files"),
        new("test-missing", ["document.txt", "nonexistent.txt"], "with-missing"),
        new("test-password", ["document.txt"], "password-protected") { Password = "secret123" },
        new("test-headers", ["document.txt"], "custom-headers")
        {
            CustomHeaders = """{"X-Custom-Header": "test-value", "X-Request-Source": "integration-test"}""",
        },
    ];

    /// <summary>The objects of the bucket.</summary>
    public static IReadOnlyDictionary<string, byte[]> Files { get; } = new Dictionary<string, byte[]>
    {
        ["document.txt"] = "A document of some words.\n"u8.ToArray(),
        ["data.json"] = """{"rows": [1, 2, 3]}"""u8.ToArray(),
        ["data.csv"] = "a,b\n1,2\n"u8.ToArray(),
        ["binary.dat"] = Content.Make(200_000, 7),
    };

    /// <summary>The value of the column <c>objects</c>.</summary>
    public string ObjectsJson => new JsonArray([.. Objects.Select(key => JsonValue.Create(key))]).ToJsonString();
}
