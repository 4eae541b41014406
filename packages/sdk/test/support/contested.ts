/** How many claims and receipts several processes reach for at once. */
export const contested = 200
