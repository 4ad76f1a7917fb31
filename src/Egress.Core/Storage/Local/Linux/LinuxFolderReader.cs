using System.Runtime.InteropServices;
using Egress.Storage.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Linux;

/// <summary>Lists a folder with <c>readdir(3)</c>, which returns names as bytes. One system call returns many names.</summary>
/// <remarks>The base library cannot return a name that is not UTF-8, and makes a system call for each entry to check whether it is a link.</remarks>
internal static class LinuxFolderReader
{
    // The layout of struct dirent on 64-bit systems: inode, offset, length of the record, type, name.
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    private const byte UnknownType = 0;
    private const byte FolderType = 4;
    private const byte LinkType = 10;

    /// <summary>Lists a folder, in no particular order.</summary>
    /// <param name="path">The path of the folder.</param>
    /// <param name="handle">The open handle of the same folder.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public static List<FolderChild> Read(string path, SafeFileHandle handle)
    {
        using var folder = LinuxCalls.OpenFolder(path);
        if (folder.IsInvalid)
        {
            throw Failed();
        }

        var name = new byte[LinuxCalls.PathMax];
        var children = new List<FolderChild>();
        while (LinuxCalls.ReadFolder(folder) is var entry and not 0)
        {
            var length = Math.Min((ushort)Marshal.ReadInt16(entry, LengthOffset) - NameOffset, name.Length);
            Marshal.Copy(entry + NameOffset, name, 0, length);
            var end = Array.IndexOf<byte>(name, 0);
            if (!name.AsSpan(0, end).SequenceEqual("."u8) && !name.AsSpan(0, end).SequenceEqual(".."u8))
            {
                children.Add(Describe(handle, name.AsSpan(0, end + 1), Marshal.ReadByte(entry, TypeOffset)));
            }
        }

        return Marshal.GetLastPInvokeError() == 0 ? children : throw Failed();
    }

    /// <param name="folder">The folder.</param>
    /// <param name="name">The name, with a zero at its end.</param>
    /// <param name="type">The file type that the folder stores for the entry.</param>
    private static FolderChild Describe(SafeFileHandle folder, ReadOnlySpan<byte> name, byte type)
    {
        var text = RawName.FromBytes(name[..^1]);
        if (type != UnknownType)
        {
            return new FolderChild(text, type == FolderType, type == LinkType);
        }

        // Some file systems do not store file types in folders, so the entry itself is queried.
        return LinuxCalls.TryAsk(folder, name, LinuxCalls.SymlinkNoFollow, out var status)
            ? new FolderChild(text, status.Kind == EntryKind.Folder, status.IsLink)
            : new FolderChild(text, IsFolder: false, IsLink: false);
    }

    private static IOException Failed() => new(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
}
