using Egress.Links;
using Egress.Records;

namespace Egress.Http.Links;

/// <summary>The body of a request for a link, parsed but not checked. A property is null if its field is absent or null.</summary>
internal sealed class LinkBody
{
    public string? Id { get; set; }

    public string? Bucket { get; set; }

    public IReadOnlyCollection<RecordItem>? Objects { get; set; }

    /// <summary>Whether the body names more objects than an archive may have. Those beyond the limit were not read.</summary>
    public bool HasMoreObjects { get; set; }

    public string? Name { get; set; }

    public string? Callback { get; set; }

    public string? Password { get; set; }

    public IReadOnlyDictionary<string, string> CustomHeaders { get; set; } = new Dictionary<string, string>();

    public bool? ChecksumFile { get; set; }

    public string? ExpiresIn { get; set; }

    public string? ExpiresAt { get; set; }

    public long? MaxDownloads { get; set; }

    public bool Check { get; set; } = true;

    /// <summary>The faults that were found while parsing, in the order of the body.</summary>
    public List<FieldError> Errors { get; } = [];

    /// <summary>The SHA-256 digest of all bytes of the body, as 64 hexadecimal digits.</summary>
    public string Digest { get; set; } = "";
}
