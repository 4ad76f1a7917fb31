using System.Runtime.InteropServices;

namespace Egress.Storage.Local.Linux;

/// <summary>Lists a folder by the bytes of its names (<c>readdir(3)</c>): the base library cannot return a name that is not UTF-8.</summary>
internal static class LinuxFolderReader
{
    // struct dirent of 64-bit systems: inode, offset, length of the record, type, name.
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    private const byte UnknownType = 0;
    private const byte FolderType = 4;
    private const byte LinkType = 10;

    /// <exception cref="IOException">The disk failed.</exception>
    public static List<FolderChild> Read(string path)
    {
        if (!Environment.Is64BitProcess)
        {
            throw new IOException("A name in the folder is not UTF-8, which is supported on 64-bit systems only.");
        }

        using var folder = LinuxCalls.OpenFolder(path);
        if (folder.IsInvalid)
        {
            throw Failed();
        }

        var children = new List<FolderChild>();
        while (Next(folder) is { } child)
        {
            if (child.Name is not ("." or ".."))
            {
                children.Add(child);
            }
        }

        return children;
    }

    private static FolderChild? Next(LinuxCalls.FolderHandle folder)
    {
        var entry = LinuxCalls.ReadFolder(folder);
        if (entry == 0)
        {
            return Marshal.GetLastPInvokeError() == 0 ? null : throw Failed();
        }

        var name = new byte[(ushort)Marshal.ReadInt16(entry, LengthOffset) - NameOffset];
        Marshal.Copy(entry + NameOffset, name, 0, name.Length);
        var type = Marshal.ReadByte(entry, TypeOffset);
        return type != UnknownType
            ? new FolderChild(RawName.FromBytes(name.AsSpan(0, Array.IndexOf<byte>(name, 0))), type == FolderType, type == LinkType)
            : throw new IOException("The file system does not report the types of its entries, and one of their names is not UTF-8.");
    }

    private static IOException Failed() => new(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
}
