using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Egress.Zip.Format;

namespace Egress.Zip.Encryption;

/// <summary>
/// Encrypts the data of one entry with AES-256 according to WinZip's AE-2. The result consists of salt, password verifier, data in counter mode, and truncated
/// HMAC-SHA1.
/// </summary>
/// <seealso href="https://www.winzip.com/en/support/aes-encryption/"/>
internal sealed class AesEntry : IDisposable
{
    private const int BlockLength = 16;
    private const int BatchLength = 32 << 10;

    private readonly Aes _aes = Aes.Create();
    private readonly IncrementalHash _authentication;
    private byte[] _counters = ArrayPool<byte>.Shared.Rent(BatchLength);
    private byte[] _keyStream = ArrayPool<byte>.Shared.Rent(BatchLength);
    private ulong _nextCounter = 1;
    private int _used;
    private int _filled;

    public AesEntry(AesKey key)
    {
        _aes.SetKey(key.Encryption);
#pragma warning disable CA5350 // The format prescribes HMAC-SHA1.
        _authentication = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, key.Authentication);
#pragma warning restore CA5350
        // The upper half of the 128-bit counter stays 0, because no entry has 2^64 blocks.
        _counters.AsSpan().Clear();
    }

    /// <summary>Writes the salt and the password verifier, which precede the data.</summary>
    public static void WritePrefix(Span<byte> buffer, AesKey key)
    {
        key.Salt.CopyTo(buffer);
        key.Verifier.CopyTo(buffer[AesFormat.SaltLength..]);
    }

    /// <summary>Encrypts the next data in place. The data may be split among calls at any byte.</summary>
    public void Encrypt(Span<byte> data)
    {
        for (var rest = data; rest.Length > 0;)
        {
            if (_used == _filled)
            {
                FillKeyStream(rest.Length);
            }

            var length = Math.Min(rest.Length, _filled - _used);
            Xor(rest[..length], _keyStream.AsSpan(_used, length));
            _used += length;
            rest = rest[length..];
        }

        _authentication.AppendData(data);
    }

    /// <summary>Writes the authentication code, which follows the data.</summary>
    public void WriteSuffix(Span<byte> buffer)
    {
        Span<byte> code = stackalloc byte[20];
        _authentication.GetHashAndReset(code);
        code[..AesFormat.SuffixLength].CopyTo(buffer);
    }

    public void Dispose()
    {
        _aes.Dispose();
        _authentication.Dispose();
        // The key stream is cleared, because data can be decrypted with it as with the key.
        ArrayPool<byte>.Shared.Return(_keyStream, clearArray: true);
        ArrayPool<byte>.Shared.Return(_counters);
        _keyStream = _counters = [];
    }

    private void FillKeyStream(int wanted)
    {
        var blocks = (Math.Min(wanted, BatchLength) + BlockLength - 1) / BlockLength;
        var length = blocks * BlockLength;
        var counters = MemoryMarshal.Cast<byte, ulong>(_counters.AsSpan(0, length));
        for (var i = 0; i < counters.Length; i += 2)
        {
            counters[i] = BitConverter.IsLittleEndian ? _nextCounter : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(_nextCounter);
            _nextCounter++;
        }

#pragma warning disable CA5358 // ECB encryption of counters is counter mode.
        _aes.EncryptEcb(_counters.AsSpan(0, length), _keyStream, PaddingMode.None);
#pragma warning restore CA5358
        _used = 0;
        _filled = length;
    }

    private static void Xor(Span<byte> data, ReadOnlySpan<byte> keyStream)
    {
        var wide = MemoryMarshal.Cast<byte, Vector<byte>>(data);
        var wideKeys = MemoryMarshal.Cast<byte, Vector<byte>>(keyStream);
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] ^= wideKeys[i];
        }

        for (var i = wide.Length * Vector<byte>.Count; i < data.Length; i++)
        {
            data[i] ^= keyStream[i];
        }
    }
}
