namespace Egress.Zip.Format;

/// <summary>An entry as it went out.</summary>
internal readonly record struct WrittenEntry(EntryHeader Header, ZipEntryResult Result);
