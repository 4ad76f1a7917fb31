metadata description = 'A virtual network: one subnet that the app joins, one for private endpoints.'

@description('Region of the resource.')
param location string

@description('Tags of the resource.')
param tags object

@description('Name of the network.')
@minLength(2)
@maxLength(64)
param name string

@description('Address range, /16 to /24.')
param addressPrefix string

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
  }

  // Each instance takes one address. A /27 is the smallest subnet that Azure accepts for Flex Consumption; a /25 has room for 40 instances of each
  // scale group.
  resource app 'subnets' = {
    name: 'app'
    properties: {
      addressPrefix: cidrSubnet(addressPrefix, 25, 0)
      delegations: [
        {
          name: 'app'
          properties: {
            serviceName: 'Microsoft.App/environments'
          }
        }
      ]
    }
  }

  resource endpoints 'subnets' = {
    name: 'endpoints'
    properties: {
      addressPrefix: cidrSubnet(addressPrefix, 27, 4)
      privateEndpointNetworkPolicies: 'Disabled'
    }
    // Azure changes only one subnet of a network at a time.
    dependsOn: [
      app
    ]
  }
}

@description('Resource id of the network.')
output id string = network.id

@description('Subnet that the app joins.')
output appSubnetId string = network::app.id

@description('Subnet of the private endpoints.')
output endpointsSubnetId string = network::endpoints.id
