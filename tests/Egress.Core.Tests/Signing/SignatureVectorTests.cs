using System.Text.Json;
using Egress.Signing;
using Xunit;

namespace Egress.Core.Tests.Signing;

/// <summary>Tests with the signatures of existing links, whose verdicts must never change.</summary>
public sealed class SignatureVectorTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static TheoryData<string> Names => new(Vectors.Keys);

    private static Dictionary<string, Vector> Vectors { get; } = Read();

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_vector_has_its_expected_status(string name)
    {
        var vector = Vectors[name];
        var signer = new LinkSigner(new SigningOptions { Enforce = vector.EnforceSigning, Secret = vector.SigningSecret });

        var verification = signer.Verify(vector.Id, vector.Expiry, vector.Signature, DateTimeOffset.FromUnixTimeSeconds(vector.Now));

        Assert.Equal(vector.Expect, Status(verification.Verdict));
    }

    [Fact]
    public void There_are_vectors_for_every_status() =>
        Assert.Equal([200, 400, 401, 410], Vectors.Values.Select(vector => vector.Expect).Distinct().Order());

    private static int Status(LinkVerdict verdict) => verdict switch
    {
        LinkVerdict.Valid => 200,
        LinkVerdict.Expired => 410,
        LinkVerdict.ExpiryMalformed => 400,
        _ => 401,
    };

    private static Dictionary<string, Vector> Read()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Signing", "vectors", "signatures.json"));
        return JsonSerializer.Deserialize<Vector[]>(file, SnakeCase)!.ToDictionary(vector => vector.Name);
    }

    private sealed record Vector(
        string Name, string SigningSecret, string Id, string? Expiry, string? Signature, long Now, bool EnforceSigning, int Expect);
}
