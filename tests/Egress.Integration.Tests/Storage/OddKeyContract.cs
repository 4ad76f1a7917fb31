using System.Text;
using Egress.Backends;
using Egress.Storage;
using Xunit;

namespace Egress.Integration.Tests.Storage;

/// <summary>Tests that a key either addresses exactly its object or is refused, in every storage: by key, by prefix and in listings.</summary>
public abstract class OddKeyContract : IAsyncLifetime
{
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The storage under test.</summary>
    protected IObjectStorage Storage { get; set; } = null!;

    /// <summary>A bucket that exists and is empty.</summary>
    protected string Bucket { get; set; } = null!;

    public abstract ValueTask InitializeAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Stores an object under exactly this key.</summary>
    /// <returns>False if the test server cannot store the key.</returns>
    protected abstract Task<bool> TryPutAsync(string key, byte[] content);

    /// <summary>Whether two keys address the same object in this storage.</summary>
    protected virtual bool AreSame(string key, string other) => false;

    /// <summary>Whether the test server can return the key in a listing. If it cannot, the whole listing fails.</summary>
    protected virtual bool CanBeListed(string key) => true;

    private static byte[] ContentOf(string key) => Encoding.UTF8.GetBytes($"content of {key}");

    public static TheoryData<string> Keys() => OddKeys.All();

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_key_addresses_its_own_object_and_no_neighbor(string key)
    {
        var others = new List<string>();
        foreach (var other in OddKeys.Neighbors(key).Where(other => !AreSame(key, other)))
        {
            if (!others.Exists(before => AreSame(before, other)) && await TryPutAsync(other, ContentOf(other)))
            {
                others.Add(other);
            }
        }

        await AssertIsNotAnotherAsync(key);
        if (!await TryPutAsync(key, ContentOf(key)))
        {
            await AssertIsNotAnotherAsync(key);
            return;
        }

        foreach (var present in others.Prepend(key))
        {
            Storage.CheckKey(new ObjectLocation(Bucket, present));
            await AssertReadsAsync(present);
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_listing_returns_the_key_unchanged(string key)
    {
        if (!await TryPutAsync(key, ContentOf(key)))
        {
            return;
        }

        if (!CanBeListed(key))
        {
            await AssertRefusedAsync(async () => await Storage.ListAsync(new ObjectPrefix(Bucket, ""), Stop).ToListAsync(Stop));
            return;
        }

        var first = key[..(char.IsHighSurrogate(key[0]) ? 2 : 1)];
        foreach (var prefix in (string[])["", first, key[..(key.LastIndexOf('/') + 1)], key])
        {
            var found = await Storage.ListAsync(new ObjectPrefix(Bucket, prefix), Stop).ToListAsync(Stop);
            var listed = Assert.Single(found);
            Assert.Equal(ContentOf(key).Length, listed.Size);
            Assert.True(listed.Location.Key == key || AreSame(listed.Location.Key, key), listed.Location.Key);
            await AssertReadsAsync(listed.Location.Key, key, listed.ETag);
        }
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../other/a.jpg")]
    [InlineData("a/../../other/a.jpg")]
    [InlineData("a/b/../../../other/a.jpg")]
    [InlineData("/../other/a.jpg")]
    [InlineData("//../other/a.jpg")]
    public async Task A_key_that_leaves_its_bucket_is_refused(string key)
    {
        await TryPutAsync("a.jpg", ContentOf("a.jpg"));
        await AssertIsRefusedAsync(key);
    }

    [Fact]
    public async Task A_key_that_is_not_unicode_is_refused()
    {
        await TryPutAsync("\uFFFD.jpg", ContentOf("\uFFFD.jpg"));
        foreach (var key in (string[])["\uD800.jpg", "\uDC00.jpg", "a\uDFFF\uD800b.jpg", "end\uD800"])
        {
            await AssertIsRefusedAsync(key);
        }
    }

    private async Task AssertIsRefusedAsync(string key)
    {
        var location = new ObjectLocation(Bucket, key);
        foreach (var range in (ObjectRange[])[ObjectRange.All, new ObjectRange(3, 4), new ObjectRange(0, 0)])
        {
            await AssertRefusedAsync(async () => await Storage.OpenAsync(location, range, Stop));
        }

        await AssertRefusedAsync(async () => await Storage.LookUpAsync(location, Stop));
        if (key is not ".")
        {
            // A key that is not allowed is refused before the first byte, even for an object with a declared size.
            await AssertRefusedAsync(() => Task.Run(() => Storage.CheckKey(location), Stop));
        }
    }

    private async Task AssertReadsAsync(string key, string? contentOf = null, string? validator = null)
    {
        var expected = ContentOf(contentOf ?? key);
        var location = new ObjectLocation(Bucket, key);
        var found = await Storage.LookUpAsync(location, Stop);
        Assert.Equal((expected.Length, location), (found!.Size, found.Location));
        await using var opened = await Storage.OpenAsync(location, new ObjectRange(IfMatch: validator ?? found.ETag), Stop);
        using var content = new MemoryStream();
        await opened!.Content.CopyToAsync(content, Stop);
        Assert.Equal(expected, content.ToArray());
    }

    /// <summary>Asserts that the object is missing or that its key is refused.</summary>
    private async Task AssertIsNotAnotherAsync(string key)
    {
        var location = new ObjectLocation(Bucket, key);
        try
        {
            Assert.Null(await Storage.LookUpAsync(location, Stop));
            Assert.Null(await Storage.OpenAsync(location, ObjectRange.All, Stop));
        }
        catch (BackendException refusal)
        {
            Assert.Contains(refusal.Fault, (BackendFault[])[BackendFault.Denied, BackendFault.Malformed]);
        }
    }

    private static async Task AssertRefusedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<BackendException>(call);
        Assert.Contains(refusal.Fault, (BackendFault[])[BackendFault.Denied, BackendFault.Malformed]);
    }
}
