namespace Egress.Zip.Format;

/// <summary>An entry that was written, with the header and the sizes that it has in the archive.</summary>
internal readonly record struct WrittenEntry(EntryHeader Header, ZipEntryResult Result);
