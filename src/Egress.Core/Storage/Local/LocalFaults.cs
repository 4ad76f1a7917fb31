using System.Runtime.InteropServices;
using Egress.Backends;

namespace Egress.Storage.Local;

/// <summary>Translates the errors of the operating system into <see cref="BackendException"/>, once.</summary>
internal static class LocalFaults
{
    // errno values of Linux (asm-generic/errno-base.h and errno.h), the same on every architecture that .NET runs on.
    private const int Eperm = 1;
    private const int Enoent = 2;
    private const int Enxio = 6;
    private const int Eacces = 13;
    private const int Enodev = 19;
    private const int Enotdir = 20;
    private const int Enametoolong = 36;
    private const int Eloop = 40;

    /// <summary>Whether an error of <c>open(2)</c> says that there is no such file: a link may lead nowhere or in circles, and
    /// no file can have a name that is too long.</summary>
    public static bool IsMissing(int errno) => errno is Enoent or Enotdir or Enametoolong or Eloop;

    /// <summary>Whether an exception of the base library says that there is no such file.</summary>
    public static bool IsMissing(Exception exception) => exception is FileNotFoundException or DirectoryNotFoundException or PathTooLongException;

    /// <summary>An error of a system call, other than <see cref="IsMissing(int)"/>.</summary>
    public static BackendException FromErrno(int errno, string path) => errno switch
    {
        Eperm or Eacces => Fault(BackendFault.Denied, $"'{path}' may not be read: {Marshal.GetPInvokeErrorMessage(errno)}."),
        Enxio or Enodev => NoRegularFile(path),
        _ => Fault(BackendFault.Unavailable, $"'{path}' cannot be read: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})."),
    };

    /// <summary>An exception of the base library while opening, reading or listing.</summary>
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

    /// <summary>An exception of the base library while writing.</summary>
    public static BackendException NotWritten(Exception exception, string bucket, string key) => exception is UnauthorizedAccessException
        ? Fault(BackendFault.Denied, $"The key '{key}' in '{bucket}' may not be written.", exception)
        : Fault(BackendFault.Unavailable, $"The key '{key}' in '{bucket}' cannot be written: {exception.Message}", exception);

    public static BackendException NoFileName(string bucket, string key) =>
        Fault(BackendFault.Malformed, $"The key '{key}' in '{bucket}' does not end with the name of a file.");

    public static BackendException NoFolder(string path) =>
        Fault(BackendFault.Malformed, $"'{path}' is not a folder.");

    public static BackendException BucketMissing(string bucket) =>
        Fault(BackendFault.Malformed, $"The storage root has no folder '{bucket}'. Create it first.");

    public static BackendException UploadMissing(string bucket, string key) =>
        Fault(BackendFault.Malformed, $"The upload of '{key}' in '{bucket}' was aborted or completed.");

    public static BackendException Changed(string path, string how) =>
        Fault(BackendFault.Changed, $"'{path}' {how}.");

    private static BackendException Fault(BackendFault fault, string message, Exception? inner = null) =>
        new(Backend.Storage, fault, message, inner);
}
