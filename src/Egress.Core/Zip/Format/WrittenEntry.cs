namespace Egress.Zip.Format;

/// <summary>An entry as it was written.</summary>
internal readonly record struct WrittenEntry(EntryHeader Header, ZipEntryResult Result);
