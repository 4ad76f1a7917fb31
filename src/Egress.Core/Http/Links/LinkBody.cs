using Egress.Links;
using Egress.Records;

namespace Egress.Http.Links;

/// <summary>The body of a request for a link, as it was read. A member that is absent or null is null.</summary>
internal sealed class LinkBody
{
    public string? Id { get; set; }

    public string? Bucket { get; set; }

    public IReadOnlyCollection<RecordItem>? Objects { get; set; }

    /// <summary>Whether there are more objects than an archive may have. Further objects were not read.</summary>
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

    /// <summary>The faults of reading, in the order of the body.</summary>
    public List<FieldError> Errors { get; } = [];

    /// <summary>Digest of all bytes: 64 hexadecimal digits.</summary>
    public string Digest { get; set; } = "";
}
