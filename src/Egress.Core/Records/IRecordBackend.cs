using Egress.Downloads.Checksums;
using Egress.Health;

namespace Egress.Records;

/// <summary>All that a store of records can do: one object, so that its connections are shared. Safe for concurrent use.</summary>
public interface IRecordBackend : IRecordStore, IRecordWriter, IHealthProbe, IAsyncDisposable
{
    /// <summary>Keeps checksums beside the records.</summary>
    ICrcCache CrcCache { get; }
}
