using System.Runtime.InteropServices;
using Egress.Backends;

namespace Egress.Storage.Local;

/// <summary>Translates errors of the operating system into <see cref="BackendException"/>.</summary>
internal static class LocalFaults
{
    // The errno values of Linux (asm-generic/errno-base.h and errno.h). They are the same on every architecture on which .NET runs.
    private const int Eperm = 1;
    private const int Enoent = 2;
    private const int Enxio = 6;
    private const int Eacces = 13;
    private const int Eexist = 17;
    private const int Enodev = 19;
    private const int Enotdir = 20;
    private const int Eisdir = 21;
    private const int Erofs = 30;
    private const int Enametoolong = 36;
    private const int Enotempty = 39;
    private const int Eloop = 40;

    /// <summary>
    /// Whether an error of <c>open(2)</c> means that the file does not exist. This includes broken and circular links, and names that are longer than the file
    /// system allows.
    /// </summary>
    public static bool IsMissing(int errno) => errno is Enoent or Enotdir or Enametoolong or Eloop;

    /// <summary>Whether an exception of the base library means that the file does not exist.</summary>
    public static bool IsMissing(Exception exception) => exception is FileNotFoundException or DirectoryNotFoundException or PathTooLongException;

    /// <summary>Translates an error of a system call, other than <see cref="IsMissing(int)"/>.</summary>
    public static BackendException FromErrno(int errno, string path) => errno switch
    {
        Eperm or Eacces => Fault(BackendFault.Denied, $"'{path}' may not be read: {Marshal.GetPInvokeErrorMessage(errno)}."),
        Enxio or Enodev => NoRegularFile(path),
        _ => Fault(BackendFault.Unavailable, $"'{path}' cannot be read: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})."),
    };

    /// <summary>Translates an exception of the base library during opening, reading or listing.</summary>
    public static BackendException From(Exception exception, string path) => exception is UnauthorizedAccessException
        ? Fault(BackendFault.Denied, $"'{path}' may not be read.", exception)
        : Fault(BackendFault.Unavailable, $"'{path}' cannot be read: {exception.Message}", exception);

    public static BackendException Refused(string bucket, string key, string reason) =>
        Fault(BackendFault.Denied, $"The key '{key}' in '{bucket}' {reason}.");

    public static BackendException LeadsOutside(string path) =>
        Fault(BackendFault.Denied, $"'{path}' is a symbolic link that leads outside the storage root.");

    public static BackendException LeadsNowhere(string path) =>
        Fault(BackendFault.Malformed, $"'{path}' is a symbolic link that leads nowhere, or in a circle.");

    public static BackendException NoRegularFile(string path) =>
        Fault(BackendFault.Malformed, $"'{path}' is not a regular file.");

    public static BackendException RootMissing(string root) =>
        Fault(BackendFault.Unavailable, $"The storage root '{root}' does not exist. Is the disk mounted?");

    /// <summary>Whether an exception of the base library means that a file could not be written or moved.</summary>
    /// <remarks>If a file becomes too long for the file system (EFBIG), the base library throws an <c>ArgumentOutOfRangeException</c>.</remarks>
    public static bool IsOfWriting(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>
    /// Translates an exception that the base library threw while writing. Errors that a retry would meet again become faults that are not retried.
    /// </summary>
    public static BackendException NotWritten(Exception exception, string bucket, string key)
    {
        var (fault, reason) = exception switch
        {
            UnauthorizedAccessException => (BackendFault.Denied, "may not be written"),
            PathTooLongException => (BackendFault.Malformed, "cannot be written: it is longer than the file system takes"),
            ArgumentOutOfRangeException => (BackendFault.Malformed, "cannot be written: the file is larger than the file system takes"),
            FileNotFoundException or DirectoryNotFoundException =>
                (BackendFault.Malformed, "cannot be written: its folder or its upload is gone, or a part of its path is not a folder"),
            { HResult: Erofs } => (BackendFault.Denied, "cannot be written: the file system is read-only"),
            { HResult: Eexist or Enotdir or Eisdir or Enotempty or Eloop } =>
                (BackendFault.Malformed, "cannot be written: it is a folder, or a part of its path is not one"),
            _ => (BackendFault.Unavailable, $"cannot be written: {exception.Message}"),
        };
        return Fault(fault, $"The key '{key}' in '{bucket}' {reason}.", exception);
    }

    /// <summary>Creates the fault for a destination to which no file can be written.</summary>
    public static BackendException NotWritable(string bucket, string key, string reason) =>
        Fault(BackendFault.Malformed, $"The key '{key}' in '{bucket}' {reason}.");

    public static BackendException NotAsLong(string bucket, string key, string length, string expected) => Fault(
        BackendFault.Malformed, $"The upload of '{key}' in '{bucket}' has {length} bytes, and its parts have {expected}. Was the disk restored, or its cache lost?");

    public static BackendException NoFileName(string bucket, string key) =>
        Fault(BackendFault.Malformed, $"The key '{key}' in '{bucket}' does not end with the name of a file.");

    public static BackendException BucketMissing(string bucket) =>
        Fault(BackendFault.Malformed, $"The storage root has no folder '{bucket}'. Create it first.");

    public static BackendException UploadMissing(string bucket, string key) =>
        Fault(BackendFault.Malformed, $"The upload of '{key}' in '{bucket}' was aborted or completed.");

    public static BackendException Changed(string path, string how) =>
        Fault(BackendFault.Changed, $"'{path}' {how}.");

    private static BackendException Fault(BackendFault fault, string message, Exception? inner = null) =>
        new(Backend.Storage, fault, message, inner);
}
