using System.Runtime.InteropServices;
using Egress.Storage.Local.Files;

namespace Egress.Storage.Local.Linux;

/// <summary><c>struct statx</c> of linux/stat.h: 256 bytes on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    private const int TypeMask = 0xF000;
    private const int TypeFolder = 0x4000;
    private const int TypeFile = 0x8000;
    private const int TypeLink = 0xA000;

    [FieldOffset(16)]
    private readonly uint _links;

    [FieldOffset(28)]
    private readonly ushort _mode;

    [FieldOffset(32)]
    private readonly ulong _identity;

    [FieldOffset(40)]
    private readonly ulong _size;

    [FieldOffset(96)]
    private readonly long _changedSeconds;

    [FieldOffset(104)]
    private readonly uint _changedNanoseconds;

    [FieldOffset(112)]
    private readonly long _modifiedSeconds;

    [FieldOffset(120)]
    private readonly uint _modifiedNanoseconds;

    [FieldOffset(136)]
    private readonly uint _deviceMajor;

    [FieldOffset(140)]
    private readonly uint _deviceMinor;

    /// <summary>Device number of the file system that contains the entry.</summary>
    public readonly ulong Device => ((ulong)_deviceMajor << 32) | _deviceMinor;

    /// <summary>The kind of the entry.</summary>
    public readonly EntryKind Kind => (_mode & TypeMask) switch
    {
        TypeFile => EntryKind.File,
        TypeFolder => EntryKind.Folder,
        _ => EntryKind.Other,
    };

    /// <summary>Whether the entry is a symbolic link.</summary>
    public readonly bool IsLink => (_mode & TypeMask) == TypeLink;

    /// <summary>Size in bytes.</summary>
    public readonly long Size => (long)_size;

    /// <summary>The version of the content.</summary>
    public readonly FileVersion Version => new(
        Size,
        DateTimeOffset.UnixEpoch.AddTicks(Ticks(_modifiedSeconds, _modifiedNanoseconds)),
        _identity,
        Ticks(_changedSeconds, _changedNanoseconds),
        _links);

    /// <summary>Converts a time, clamped to the years 1 to 9999. A file system can store times far outside of this range.</summary>
    private static long Ticks(long seconds, uint nanoseconds)
    {
        var earliest = DateTimeOffset.MinValue.ToUnixTimeSeconds();
        var latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        return (Math.Clamp(seconds, earliest, latest - 1) * TimeSpan.TicksPerSecond) + (nanoseconds / 100);
    }
}
