using System.Reflection;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Egress.TestKit.Functions;

/// <summary>Converts the messages of the worker's protocol to and from JSON.</summary>
/// <remarks>
/// The message descriptors are in the worker's own assembly. The tests therefore need neither a .proto file nor generated code, and use the protocol
/// version of the published app.
/// </remarks>
internal sealed class RpcCodec
{
    private readonly MessageDescriptor _message;

    /// <param name="app">Folder of the published app.</param>
    public RpcCodec(string app)
    {
        var assembly = Assembly.LoadFrom(Path.Combine(app, "Microsoft.Azure.Functions.Worker.Grpc.dll"));
        var file = (FileDescriptor)assembly.GetType("Microsoft.Azure.Functions.Worker.Grpc.Messages.FunctionRpcReflection", throwOnError: true)!
            .GetProperty("Descriptor")!.GetValue(null)!;
        _message = file.MessageTypes.Single(static type => type.Name == "StreamingMessage");
    }

    /// <summary>Encodes a <c>StreamingMessage</c>.</summary>
    public byte[] Encode(JsonObject message) => JsonParser.Default.Parse(message.ToJsonString(), _message).ToByteArray();

    /// <summary>Decodes a <c>StreamingMessage</c>. Omits fields with their default value.</summary>
    public JsonObject Decode(byte[] bytes) => JsonNode.Parse(JsonFormatter.Default.Format(_message.Parser.ParseFrom(bytes)))!.AsObject();
}
